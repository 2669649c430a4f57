"""From values to what the page shows: pure functions, and the style and scripts they fill.

Nothing here draws, waits or decides; ``app.py`` does the drawing.
"""
