"""FreeBSD's /bin/sh: lexer, grammar, expansion, evaluation, builtins."""
