#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# maildkim.pl sign CANON DOMAIN SELECTOR KEYFILE | maildkim.pl verify KEYS
# The message is on standard input.  verify demands that every signature pass.
use strict;
use warnings;

use Mail::DKIM::DNS;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS::RR;

binmode STDIN;
binmode STDOUT;
my $message = do { local $/; <STDIN> };

sub feed {
	my ($dkim) = @_;
	$dkim->PRINT($message);
	# It forgets the CRLF that RFC 6376 3.4.3 adds to a last line.
	$dkim->PRINT("\r\n") if $message !~ /\n\z/;
	$dkim->CLOSE;
	return $dkim;
}

if ($ARGV[0] eq 'sign') {
	my (undef, $canon, $domain, $selector, $path) = @ARGV;
	my $dkim = feed(Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256',
	    Method => $canon, Domain => $domain, Selector => $selector,
	    KeyFile => $path));
	print $dkim->signature->as_string, "\r\n", $message;
	exit 0;
}

my %text;
open(my $keys, '<', $ARGV[1]) or die "keys: $!\n";
while (<$keys>) {
	chomp;
	my ($name, $text) = split / /, $_, 2;
	$text{lc $name} = $text;
}
{
	no warnings 'redefine';
	*Mail::DKIM::DNS::query = sub {
		my ($name, $type) = @_;
		my $text = $text{lc $name};
		return () if !defined $text || $type ne 'TXT';
		return Net::DNS::RR->new(owner => $name, type => 'TXT',
		    txtdata => [ $text =~ /(.{1,255})/g ]);
	};
}
my $dkim = feed(Mail::DKIM::Verifier->new);
my $good = 0;
for my $s ($dkim->signatures) {
	exit 1 if $s->result ne 'pass';
	$good++;
}
exit($good ? 0 : 2);
