"""Sleep, power and clocks of the machine, for the ports of `services.power`."""
