"""hypomag: low blood magnesium, from one patient to a nation."""

__version__ = "0.1.0"
