# SPDX-License-Identifier: ISC
# Sieve (RFC 5228, Pigeonhole's vnd.dovecot.pipe): reports go into the store.
#
# Put a link to dmarcreport-filter, a script of one line
#	exec dmarcreport read --quiet --filter
# into sieve_pipe_bin_dir.
require ["vnd.dovecot.pipe"];

if anyof (header :contains "subject" "report domain",
    header :contains "content-type" ["multipart/report", "application/gzip",
    "application/zip", "application/tlsrpt"]) {
	pipe "dmarcreport-filter";
	stop;
}
