# What the systemd unit takes away, taken away without systemd: a root that is read-only but for the state directory, no
# other user's processes, no capabilities, no new privileges. The rest of the arguments is the command.
# REPOSITORY, CONFIGURATION and STATE are the directories that stand at the places of the unit.
set -eu
mount --make-rprivate /
mount -t tmpfs none /opt
mkdir /opt/tangle-ledger
mount --rbind "$REPOSITORY" /opt/tangle-ledger
mount -t tmpfs none /mnt
for file in hosts nsswitch.conf passwd group ld.so.cache; do cp "/etc/$file" /mnt/; done
mkdir /mnt/tangle-node
mount --bind "$CONFIGURATION" /mnt/tangle-node
mount --rbind /mnt /etc
mount -t tmpfs none /var/lib
mkdir /var/lib/tangle-node
mount --bind "$STATE" /var/lib/tangle-node
mount -t tmpfs none /tmp
mount -t proc -o subset=pid,hidepid=invisible proc /proc
mount -o remount,bind,ro /opt/tangle-ledger
mount -o remount,bind,ro /
cd /var/lib/tangle-node
if touch /usr/sandbox 2> /dev/null || touch /opt/tangle-ledger/sandbox 2> /dev/null; then
  echo 'the sandbox is open' >&2
  exit 1
fi
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
