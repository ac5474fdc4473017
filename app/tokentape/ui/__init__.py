"""The interface: a package a tab, and a row in `tabs`."""

from tokentape.ui.quick_gradio import import_quickly

import_quickly()  # here, because each module of the interface may be the first to import Gradio
