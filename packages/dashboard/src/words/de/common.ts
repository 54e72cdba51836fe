import type { Words } from '../words.js';

/** German. Not yet read by a clinical translator. */
export const common: Words['common'] = {
  loading: 'Wird geladen…',
  loadingWhat: '{{what}}: wird geladen…',
  tryAgain: 'Noch einmal versuchen',
  asItWas: 'Was hier steht, ist der Stand von {{time}}.',
  signIn: 'Anmelden',
  signInAgain: 'Erneut anmelden',
  close: 'Schließen',
  yes: 'Ja, {{what}}',
  no: 'Nein',
  'trouble.offline':
    'Vigil ist nicht erreichbar. Achten Sie auf die Monitore am Bett; versuchen Sie es noch einmal oder rufen Sie den technischen Dienst.',
  'trouble.unreadable': 'Der Server hat eine andere Version als diese Seite. Laden Sie die Seite neu.',
  'trouble.unauthenticated': 'Sie sind nicht mehr angemeldet. Melden Sie sich an und versuchen Sie es noch einmal.',
  'trouble.forbidden': 'Ihre Rolle erlaubt das nicht.',
  'trouble.not-found': 'Das gibt es nicht, oder es ist nicht für Sie.',
  'trouble.conflict': 'Es ist schon so, von jemand anderem übernommen oder noch nicht an der Reihe. Sehen Sie noch einmal nach.',
  'trouble.wrong-code':
    'Der Code ist falsch oder wurde schon benutzt. Warten Sie auf den nächsten und versuchen Sie es noch einmal.',
  'trouble.ticket-expired': 'Das hat zu lange gedauert oder wurde schon benutzt. Beginnen Sie neu.',
  'trouble.reauthentication-required':
    'Dafür muss die Anmeldung weniger als zehn Minuten alt sein. Melden Sie sich erneut an und wiederholen Sie es.',
  'trouble.passkey-refused':
    'Es wurde kein Passkey benutzt. Versuchen Sie es noch einmal, oder melden Sie sich mit dem Passwort an.',
  'trouble.push-refused':
    'Der Browser durfte keine Rufe zeigen oder konnte sich nicht registrieren. Erlauben Sie Mitteilungen für Vigil und versuchen Sie es noch einmal.',
  'trouble.audit-unavailable':
    'Das Audit-Protokoll ist nicht da, daher werden keine Patientendaten gezeigt. Öffnen Sie die Akte im Notfall, wenn es nicht warten kann.',
  'trouble.keys-unavailable':
    'Die Schlüssel des Hauses sind nicht da, daher kann dies jetzt weder gelesen noch geschrieben werden. Rufen Sie den technischen Dienst.',
  'trouble.record-tampered':
    'Dieser Eintrag wurde von außen verändert und wird nicht gezeigt. Sagen Sie es den Sicherheitsbeauftragten.',
  'trouble.store-unavailable':
    'Der Server kann das jetzt nicht. Versuchen Sie es gleich noch einmal, oder rufen Sie den technischen Dienst.',
  'trouble.invalid-request': 'Der Server hat das nicht angenommen. Prüfen Sie Ihre Eingabe.',
  'trouble.physician-required':
    'Weiter als die Grenzen der Station: nur eine Ärztin oder ein Arzt, der den Patienten behandelt, darf sie setzen. Fragen Sie dort.',
  'trouble.second-person-required': 'Jemand anderes als wer es verlangt hat, muss zustimmen.',
  'trouble.reason-required': 'Dafür braucht es einen Grund.',
  'trouble.revision-moved':
    'Jemand hat es geändert, seit es gezeigt wurde. Sehen Sie nach, was jetzt da steht, und entscheiden Sie neu.',
  'trouble.precondition-required': 'Diese Seite kennt den neuesten Stand nicht. Laden Sie die Seite neu.',
  'trouble.link-expired': 'Dieser Link wurde benutzt oder ist zu alt.',
  'trouble.pager-unavailable':
    'Rufe können jetzt nicht gesendet werden. Rufen Sie die Leute selbst an, und rufen Sie den technischen Dienst.',
  'trouble.log-unavailable':
    'Der Server kann das jetzt nicht annehmen: wohin er schreibt, ist nicht da. Versuchen Sie es gleich noch einmal, oder rufen Sie den technischen Dienst.',
  'trouble.identity-provider-unavailable': 'Die Anmeldung des Hauses ist nicht da. Melden Sie sich mit Ihrem Passwort an.',
  'trouble.other': 'Der Server konnte das nicht. Versuchen Sie es noch einmal, oder rufen Sie den technischen Dienst.',
  othersFirst: 'Für Sie oder andere werden gerade Dateien erstellt. Warten Sie {{time}}, dann drücken Sie noch einmal.',
  noFile: 'Die Datei kam nicht ganz an, und nichts wurde gespeichert. Versuchen Sie es noch einmal.',
  noWholeFile:
    'Die Datei kam nicht ganz an, und nichts wurde gespeichert. Versuchen Sie es noch einmal; mit weniger Zeit, oder einer Zeile für mehr Minuten, ist sie kürzer.',
  'trouble.too-many-attempts': 'Zu viele Versuche. Warten Sie {{time}}, dann versuchen Sie es noch einmal.',
  seconds_one: '{{count}} Sekunde',
  seconds_other: '{{count}} Sekunden',
  minutes_one: '{{count}} Minute',
  minutes_other: '{{count}} Minuten',
};
