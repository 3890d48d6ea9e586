// Places in the words of people, and why one could not be bound.
import type { Server } from 'node:net';
import { ownerOfPort, type PortOwner } from '../os/port-owner.ts';
import type { ListenRequest } from '../protocol/worker-link.ts';

/** A place that could not be bound. */
export interface BindFailure {
  readonly place: string;
  readonly code: string;
  readonly owner: PortOwner | null;
  /** It is a unix socket. */
  readonly isFile: boolean;
}

/** What is known of a failed bind. */
export function bindFailure({ address, port }: ListenRequest, code: string): BindFailure {
  const isFile = port < 0;
  const place = isFile ? (address ?? '') : `${address === null ? '' : `${address}:`}${port}`;
  const owner = code === 'EADDRINUSE' && port > 0 ? ownerOfPort(port) : null;
  return { place, code, owner, isFile };
}

/** The `reason` of a start that failed, with the bind that failed. */
export function failureText({ place, code, owner, isFile }: BindFailure, reason: string): string {
  if (code !== 'EADDRINUSE') return `${reason}; it could not listen on ${place} (${code})`;
  if (isFile) return `${place} is taken: another process listens there, or it is not a socket; ${reason}`;
  const who = owner ? `: pid ${owner.pid} (${owner.command}) has it` : '';
  return `port ${place} is taken${who}; ${reason}`;
}

/** An address as people write it. */
export function placeName(address: ReturnType<Server['address']>): string {
  if (typeof address === 'string') return address;
  if (!address) return '?';
  const anywhere = address.address === '::' || address.address === '0.0.0.0';
  if (anywhere) return String(address.port);
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
