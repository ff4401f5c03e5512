"""A second formulation of the safety core in plain Python, one patient at a time.

Written from the clinical text and the knowledge files, not from the rules, so that the two cannot be wrong for the
same reason. It lives in tests only. What it keeps apart from the program: its own unit factors (exact fractions of the
molar masses), its own reading of intervals, statuses, times and precisions, its own grading and triage.
"""
