# SPDX-License-Identifier: ISC
# peer_maildmarc.pl MAIL...: into the store of Mail::DMARC, in the folder at
# hand, made anew.
use strict;
use warnings;
use Mail::DMARC::Report::Receive;

unlink 'peer.sqlite';
open my $ini, '>', 'mail-dmarc.ini' or die;
print $ini "[organization]\ndomain = here.example\norg_name = Here\n",
    "email = dmarc\@here.example\n[report_store]\nbackend = SQL\n",
    "dsn = dbi:SQLite:dbname=peer.sqlite\n",
    "[dns]\ntimeout = 1\nretrans = 1\n[smtp]\nhostname = here.example\n";
close $ini;
open STDERR, '>', '/dev/null';
for my $file (@ARGV) {
    Mail::DMARC::Report::Receive->new->from_file($file) or exit 1;
}
