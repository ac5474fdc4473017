"""The interface: a package a tab, and a row in `tabs`."""

from tokentape.ui.quick_gradio import leave_out_stubs

leave_out_stubs()  # here, because each module of the interface may be the first to import Gradio
