import { lookup as resolveName, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { StepFailure } from "../../plan/step-failure.ts";

/** Throws `StepFailure` `tool/forbidden-address` for one of this machine, a private network or a cloud's metadata. */
export function checkAddress(address: string, host: string, allowed: readonly string[]): void {
  if (isPublic(address) || allowed.some((block) => isWithin(address, block))) return;
  const where = address === host ? address : `${host} (${address})`;
  throw new StepFailure("tool/forbidden-address", `${where} is no public address, and the tool does not allow it`);
}

/**
 * A lookup that gives out only addresses that may be called, so that a connection is made to what was checked and to
 * nothing that a name means a moment later.
 */
export function createLookup(allowed: readonly string[]): LookupFunction {
  return (host, options, callback) => {
    resolveName(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "", 0);
      const usable = addresses.filter(
        ({ address }) => isPublic(address) || allowed.some((block) => isWithin(address, block)),
      );
      const [first] = usable;
      if (first === undefined) return callback(refusal(host, addresses, allowed), "", 0);
      if (options.all === true) return callback(null, usable);
      return callback(null, first.address, first.family);
    });
  };
}

function refusal(host: string, [first]: readonly LookupAddress[], allowed: readonly string[]): Error {
  try {
    checkAddress(first?.address ?? "0.0.0.0", host, allowed);
    return new Error(`${host} has no address`);
  } catch (error) {
    return error as Error;
  }
}

/** Only what the registries hand out to everybody; an IPv4 address inside of an IPv6 one counts as itself. */
function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";
}

function isWithin(address: string, block: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const own = ipaddr.process(address);
  const [base, bits] = block.includes("/") ? ipaddr.parseCIDR(block) : [ipaddr.process(block), undefined];
  if (own.kind() !== base.kind()) return false;
  const length = bits ?? (base.kind() === "ipv4" ? 32 : 128);
  return own.match(base, length);
}
