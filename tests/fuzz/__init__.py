"""What is spoilt, hostile or starved: it ends right, abstaining or refused, never silently wrong."""
