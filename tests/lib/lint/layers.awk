# SPDX-License-Identifier: ISC
# Which room may include which: a folder of common/ those left of it in the
# order of the layers, as far as the table says; cmd/ all of common/, the front
# end and its own folder.  *impl.h never leaves its room.
BEGIN {
	may["base"] = ""
	may["dns"] = "base"
	may["mail"] = "base dns"
	may["spf"] = may["dkim"] = may["dmarc"] = "base dns mail"
	may["pipe"] = "base dns mail spf dkim"
	may["report"] = "base dns mail spf dkim dmarc pipe"
	may["posture"] = "base dns mail spf dkim dmarc"
	may["grant"] = "base dns"
	may["ledger"] = "base grant"
	may["run"] = "base"
	may["approval"] = "base dns mail dkim dmarc"
	may["jit"] = "base dns mail dkim dmarc grant ledger run approval"
}
function folder(path) {
	sub(/\/[^\/]*$/, "", path)
	sub(/^.*\//, "", path)
	return path
}
FNR == 1 {
	mine = folder(FILENAME)
	tool = FILENAME ~ /(^|\/)cmd\//
	if (!tool && !(mine in may))
		print FILENAME ": " mine " is no room of common/"
}
/^#include "/ {
	split($0, part, "\"")
	theirs = part[2] ~ /\// ? folder(part[2]) : ""
	if (theirs == mine)
		next
	if (theirs == "")
		print FILENAME ":" FNR ": " part[2] " without its folder"
	else if (part[2] ~ /impl\.h$/)
		print FILENAME ":" FNR ": " part[2] " is private to " theirs
	else if (tool && !(theirs in may) && theirs != "cli")
		print FILENAME ":" FNR ": " part[2] " belongs to another tool"
	else if (!tool && index(" " may[mine] " ", " " theirs " ") == 0)
		print FILENAME ":" FNR ": " mine " includes " part[2]
}
