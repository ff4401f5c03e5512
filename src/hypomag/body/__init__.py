"""The body: pools and flows of magnesium through time. Start with `hypomag.body.simulate`."""
