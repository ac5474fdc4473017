from app.ui.quick_gradio import leave_out_stubs

leave_out_stubs()  # here, because each module of the interface may be the first to import Gradio
