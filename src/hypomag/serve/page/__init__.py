"""The pages people look at: clinician, patient, teacher, population. Server-rendered; nothing is loaded from elsewhere.

`router` goes into any FastAPI app. No page keeps a patient: what was entered goes with each request and is forgotten.
"""

from hypomag.serve.page.routes import router

__all__ = ["router"]
