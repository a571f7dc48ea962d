# when: Write the line
echo 'Hello, regatta!' >/app/greeting.txt
