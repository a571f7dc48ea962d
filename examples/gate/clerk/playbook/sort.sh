# when: Sort the names
LC_ALL=C sort -u /app/names.txt >/app/sorted.txt
