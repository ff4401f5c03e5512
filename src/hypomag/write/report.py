"""report.html."""
def write(data):
    return "<html></html>\n"
