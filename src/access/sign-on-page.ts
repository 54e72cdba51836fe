import type { FastifyInstance } from 'fastify';
import type { SignOnProblem } from './sign-on.js';
import { PROBLEM_PATH, problemOf } from './sign-on-cookies.js';

/** What happened, and what to do: one line each. */
const WORDS: Readonly<Record<SignOnProblem, readonly [string, string]>> = {
  'begin-again': [
    'This sign-in is over: it took too long, was used already, or began in another browser.',
    'Begin again. If it happens each time, open Vigil under its usual address and allow its cookies.',
  ],
  'not-known': [
    'You have signed in, but Vigil has no account for you, or it is disabled.',
    'Ask your administrator to link your account. Until then, sign in with your Vigil password if you have one.',
  ],
  refused: [
    'The identity provider did not confirm who you are.',
    'Begin again. If it happens each time, tell your administrator; the log of Vigil has the reason.',
  ],
  'second-factor': [
    'Your role needs a second factor, and the identity provider did not ask you for one.',
    'Sign in with your Vigil password and code, or with a passkey, or have your administrator demand a second factor at the provider.',
  ],
  'provider-away': [
    'The identity provider does not answer.',
    'Sign in with your Vigil password or passkey. Vigil itself works, and so do alarms and pages.',
  ],
  'too-many': ['Too many sign-ins from this network at once.', 'Wait a minute and begin again.'],
  fault: ['Something went wrong in Vigil.', 'Begin again, or sign in with your Vigil password or passkey.'],
};

const STYLE_PATH = `${PROBLEM_PATH}/style.css`;
const STYLE = `:root { color-scheme: dark; }
body { background: #0b0f14; color: #e6edf3; font: 1.125rem/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 36rem; margin: 0 auto; padding: 3rem 1.5rem; }
h1 { font-size: 1.5rem; }
a { color: #8ec7ff; display: inline-block; padding: 0.75rem 0; }
`;

/** The page on which a sign-in at the identity provider ends when it failed. It needs neither script nor dashboard. */
export function serveSignOnPage(fastify: FastifyInstance): void {
  fastify.get(PROBLEM_PATH, (request, reply) => {
    const [what, todo] = wordsFor(problemOf(request.headers.cookie));
    return reply.header('content-type', 'text/html; charset=utf-8').send(page(what, todo));
  });
  fastify.get(STYLE_PATH, (_request, reply) => reply.header('content-type', 'text/css; charset=utf-8').send(STYLE));
}

/** The cookie can say anything; what is shown is always one of ours. */
function wordsFor(problem: string | null): readonly [string, string] {
  return problem !== null && Object.hasOwn(WORDS, problem) ? WORDS[problem as SignOnProblem] : WORDS['begin-again'];
}

function page(what: string, todo: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
    <title>Not signed in – Vigil</title>
    <link rel="stylesheet" href="${STYLE_PATH}" />
  </head>
  <body>
    <main>
      <h1>You are not signed in</h1>
      <p>${what}</p>
      <p>${todo}</p>
      <p><a href="/">Back to sign-in</a></p>
      <p>The bedside monitors stay the primary alarm.</p>
    </main>
  </body>
</html>
`;
}
