import { renameSync, symlinkSync } from "node:fs";

/** Has a link lead elsewhere, at once, as `ln -s TARGET new && mv -T new LINK` does. */
export function swing(link: string, target: string): void {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}
