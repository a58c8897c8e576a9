import { networkInterfaces, type NetworkInterfaceInfo } from "node:os";

/**
 * Returns this machine's network interfaces by name; none where they may not be asked for, as in a
 * sandbox without netlink sockets. Nothing depends on them.
 */
export function listInterfaces(): NodeJS.Dict<NetworkInterfaceInfo[]> {
  try {
    return networkInterfaces();
  } catch {
    return {}; // getifaddrs(3) failed
  }
}
