// Places in the words of people, why one could not be bound, and which ones a new worker lacks.
import type { Server } from 'node:net';
import { ownerOfPort, type PortOwner } from '../os/port-owner.ts';
import type { ListenRequest } from '../protocol/worker-link.ts';
import { NOT_LISTENING } from '../rollout/gate.ts';

/** A place that could not be bound. */
export interface BindFailure {
  readonly place: string;
  readonly code: string;
  /** The app of this master that has it. */
  readonly app: string | null;
  readonly owner: PortOwner | null;
  /** It is a unix socket. */
  readonly isFile: boolean;
}

/** What is known of a failed bind; `app` is another one of this master that has the port. */
export function bindFailure({ address, port }: ListenRequest, code: string, app: string | null): BindFailure {
  const isFile = port < 0;
  const place = isFile ? (address ?? '') : `${address === null ? '' : `${address}:`}${port}`;
  const isTaken = code === 'EADDRINUSE' && port > 0;
  // Several processes of zdm have a copy of the socket: the pid of one of them would help nobody.
  const owner = isTaken && app === null ? ownerOfPort(port) : null;
  return { place, code, app: isTaken ? app : null, owner, isFile };
}

/** The `reason` of a start that failed, with the bind that failed. */
export function failureText({ place, code, app, owner, isFile }: BindFailure, reason: string): string {
  if (code !== 'EADDRINUSE') return `${reason}; it could not listen on ${place} (${code})`;
  if (isFile) return `${place} is taken: another process listens there, or it is not a socket; ${reason}`;
  const has = app === null ? owner && `pid ${owner.pid} (${owner.command})` : `the app "${app}"`;
  const who = has ? `: ${has} has it` : '';
  return `port ${place} is taken${who}; ${reason}`;
}

/** Where a new worker listens, and where it has to besides. */
export interface Lacking {
  /** Where the old one does. */
  readonly missing: readonly string[];
  /** What `wait_for` names besides. */
  readonly awaited: readonly string[];
  readonly listens: readonly string[];
}

/** The `reason` of a new worker that was not ready in time, with the places that it lacks where that was it. */
export function lackingText({ missing, awaited, listens }: Lacking, reason: string): string {
  if (!reason.includes(NOT_LISTENING) || missing.length + awaited.length === 0) return reason;
  const parts = [
    missing.length === 0 ? [] : [`missing: ${missing.join(', ')}, where the old one listens`],
    awaited.length === 0 ? [] : [`missing: ${awaited.join(', ')}, of wait_for`],
    listens.length === 0 ? [] : [`it listens on ${listens.join(', ')}`],
  ];
  const words = listens.length === 0 ? reason : reason.replace(NOT_LISTENING, 'did not listen where it should');
  return `${words} (${parts.flat().join('; ')})`;
}

/** An address as people write it. */
export function placeName(address: ReturnType<Server['address']>): string {
  if (typeof address === 'string') return address;
  if (!address) return '?';
  const anywhere = address.address === '::' || address.address === '0.0.0.0';
  if (anywhere) return String(address.port);
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
