"""One run: its configuration, its state, Locust's process, calibration, search of capacity."""
