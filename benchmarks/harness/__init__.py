"""What all subjects share: statistics, the table, buses, daemons, a client."""
