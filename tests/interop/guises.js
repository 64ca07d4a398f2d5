// SPDX-License-Identifier: ISC
// The header fields of a mail as two parsers of npm read them: NAME TAB VALUE.
// usage: node guises.js postal-mime|mailparser FILE
const fs = require('fs');
const [parser, file] = process.argv.slice(2);
const bytes = fs.readFileSync(file);

function print(name, value) {
	const line = v => String(v).replace(/[\r\n\t]+/g, ' ');
	process.stdout.write(line(name) + '\t' + line(value) + '\n');
}

async function main() {
	if (parser === 'mailparser') {
		const { simpleParser } = require('mailparser');
		const mail = await simpleParser(bytes);
		for (const l of mail.headerLines)
			print(l.key, l.line.replace(/^[^:]*:/, ''));
		for (const [name, value] of mail.headers)
			for (const v of [].concat(value))
				print(name, typeof v === 'string' ? v :
				    JSON.stringify(v));
	} else {
		const found = require('postal-mime');
		const PostalMime = found.default || found;
		const mail = await new PostalMime().parse(bytes);
		for (const h of mail.headers)
			print(h.key, h.value);
	}
}
main();
