import type { Mail } from './mail-store.js';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** Escapes the text and makes its http and https addresses clickable; nothing else in a mail becomes markup. */
export function linkedText(text: string): string {
  const url = /https?:\/\/[^\s<>"']+/g;
  let html = '';
  let from = 0;
  for (const match of text.matchAll(url)) {
    const address = match[0].replace(/[.,;:!?)\]]+$/, '');
    html += escapeHtml(text.slice(from, match.index));
    html += `<a href="${escapeHtml(address)}" target="_blank" rel="noopener noreferrer">${escapeHtml(address)}</a>`;
    from = match.index + address.length;
  }
  return html + escapeHtml(text.slice(from));
}

/** The part of the page that changes when a mail comes. Newest first. */
export function mailList(mails: readonly Mail[]): string {
  if (mails.length === 0) {
    return '<p class="empty">No mail yet. When an alarm pages somebody, the mail appears here by itself.</p>';
  }
  return mails.map(mailArticle).join('\n');
}

function mailArticle(mail: Mail): string {
  const received = new Date(mail.receivedAtMs).toISOString();
  return `<article aria-labelledby="${escapeHtml(mail.id)}">
  <h2 id="${escapeHtml(mail.id)}">${escapeHtml(mail.subject === '' ? '(no subject)' : mail.subject)}</h2>
  <p class="meta">to <b>${escapeHtml(mail.to.join(', '))}</b> · from ${escapeHtml(mail.from)} ·
    <time datetime="${received}">${received.slice(0, 10)} ${received.slice(11, 19)} UTC</time></p>
  <pre>${linkedText(mail.text)}</pre>
</article>`;
}

export function page(mails: readonly Mail[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DEMO inbox · Vigil</title>
<link rel="stylesheet" href="/inbox.css">
<link rel="icon" href="data:,">
<noscript><meta http-equiv="refresh" content="5"></noscript>
<script src="/inbox.js" defer></script>
</head>
<body>
<header>
  <p class="demo">DEMO</p>
  <div>
    <h1>Demo inbox</h1>
    <p>Simulated and recorded data only. These mails never leave this machine. A link in a mail is what the person on call would press.</p>
  </div>
</header>
<p id="state" role="status" class="state">Newest first. Shows new mail by itself.</p>
<main>${mailList(mails)}</main>
</body>
</html>
`;
}
