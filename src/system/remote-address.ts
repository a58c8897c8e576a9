/** An IP address and a port. */
export interface RemoteAddress {
  readonly address: string;
  readonly port: number;
}

/** Returns one spelling for each address: IPv6 has many, and Bun's is not the system's. */
export function addressKey({ address, port }: RemoteAddress): string {
  const host = address.includes(":") ? `[${address.replace(/%.*/, "")}]` : address;
  return new URL(`http://${host}:${port}`).host;
}
