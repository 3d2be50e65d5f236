// Everything the pages do in the browser: small files bound to data- attributes, delegated on the document, so that what
// htmx swaps in works at once. In production these imports become one file (web/storage.py).
import "./start.js";
import "./ago.js";
import "./poll.js";
import "./press.js";
import "./dialog.js";
import "./submit.js";
import "./focus.js";
import "./tidy.js";
import "./leave.js";
import "./name.js";
import "./notice.js";
import "./sound.js";
import "./playing.js";
import "./hear.js";
import "./keys.js";
import "./menu.js";
import "./copy.js";
import "./signin.js";
import "./account.js";
import "./prompt.js";
