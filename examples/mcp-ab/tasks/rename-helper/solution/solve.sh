#!/bin/sh
grep -rlw log_line /app | xargs sed -i 's/\blog_line\b/log_message/g'
