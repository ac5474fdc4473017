"""What stands in front of Gradio: which routes and inputs there are, and whose pages."""
