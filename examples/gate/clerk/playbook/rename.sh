# when: rename each file
find /app/logs -type f -name '*.log' -exec sh -c 'for file; do mv -- "$file" "${file%.log}.txt"; done' sh {} +
