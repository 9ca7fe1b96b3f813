"""Starting, watching and stopping Lakehouse's processes, and what must hold before they serve."""
