"""Charts as SVG, for the page and for reports. Pure."""
