"""What the statistics promise, measured on simulated trials; `make calibrate` writes the table."""
