"""hypomag where people work: CDS Hooks, FHIR, SMART, the page. Thin routes; the clock is read here and in the command line."""
