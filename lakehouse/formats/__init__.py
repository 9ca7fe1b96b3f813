"""How values look on the admin's pages, by language."""
