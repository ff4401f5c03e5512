// Charts by the vendored Vega-Lite, read by its interpreter so that no text ever becomes code.
"use strict";
