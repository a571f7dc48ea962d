# when: whose level is
awk '$2 == "ERROR" { n++ } END { print n + 0 }' /app/server.log >/app/answer.txt
