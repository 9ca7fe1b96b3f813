"""Times with their seconds, which Django's own format leaves out: calls follow one another fast."""

DATETIME_FORMAT = "Y-m-d H:i:s"
