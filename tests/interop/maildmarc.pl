# SPDX-License-Identifier: ISC
# A report as Mail::DMARC writes it, on standard output.
use strict;
use warnings;
use Mail::DMARC::Policy;
use Mail::DMARC::Report::Aggregate;
use Mail::DMARC::Report::Aggregate::Record;

my $report = Mail::DMARC::Report::Aggregate->new;
my $head = $report->metadata;
$head->org_name('Perl');
$head->email('dmarc@perl.example');
$head->report_id('p1');
$head->begin(1795305600);
$head->end(1795391999);
$report->policy_published(Mail::DMARC::Policy->new(domain => 'example.com',
    v => 'DMARC1', p => 'reject', sp => 'none', adkim => 'r', aspf => 's',
    pct => 100, rua => 'mailto:r@example.com'));
$report->record(Mail::DMARC::Report::Aggregate::Record->new(
    row => { source_ip => '192.0.2.1', count => 3, policy_evaluated => {
	disposition => 'none', dkim => 'pass', spf => 'fail',
	reason => [ { type => 'mailing_list', comment => 'a & b' } ] } },
    identifiers => { header_from => 'example.com',
	envelope_from => 'lists.example', envelope_to => 'perl.example' },
    auth_results => {
	dkim => [ { domain => 'example.com', selector => 's1',
	    result => 'pass' } ],
	spf => [ { domain => 'lists.example', scope => 'mfrom',
	    result => 'pass' } ] }));
$report->record(Mail::DMARC::Report::Aggregate::Record->new(
    row => { source_ip => '2001:db8::1', count => 4, policy_evaluated => {
	disposition => 'reject', dkim => 'fail', spf => 'fail' } },
    identifiers => { header_from => 'example.com', envelope_from => '',
	envelope_to => 'perl.example' },
    auth_results => { dkim => [],
	spf => [ { domain => 'h.example', scope => 'helo',
	    result => 'softfail' } ] }));
print $report->as_xml;
