"""Sleep, wake-up and clock steps: noticing them, keeping account of them, acting on them."""
