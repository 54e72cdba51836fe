import type { Session, SessionUser, Station } from '@vigil/contracts';
import { createContext, useContext } from 'react';
import type { Answer } from '../live/problem.js';

/** Who is at this screen, and what screens may ask of the frame around them. */
export interface Identity {
  /** Null: nobody, on a station that goes on showing its beds. */
  readonly user: SessionUser | null;
  /** The station that this screen is; null for a screen of one's own. */
  readonly place: Station | null;
  /** Seconds until the person is signed out for idleness; null while that is far away. */
  readonly idleLeftS: number | null;
  /** Wall time by the server's clock. */
  readonly serverNowMs: () => number;
  /** The person is there: pushes the idle end on. */
  readonly stay: () => void;
  /** The session was made anew, by a change of password for example. */
  readonly renewed: (session: Session) => void;
  /** Opens the sign-in over the screen, without leaving it. */
  readonly signIn: () => void;
  readonly signOut: () => void;
  /** Ends the session and asks for the next person at once; the live view goes on. */
  readonly switchPerson: () => void;
  /** Passes an answer on; one that says that nobody is signed in is followed up. */
  readonly checked: <T>(answer: Answer<T>) => Answer<T>;
}

const IdentityContext = createContext<Identity | null>(null);
export const IdentityProvider = IdentityContext.Provider;

/** @throws TypeError outside of the app: a mistake in this program */
export function useIdentity(): Identity {
  const identity = useContext(IdentityContext);
  if (!identity) throw new TypeError('useIdentity outside IdentityProvider');
  return identity;
}
