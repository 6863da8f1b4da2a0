"""The reference pages: a module each, with a function ``page`` that gives title and sections."""
