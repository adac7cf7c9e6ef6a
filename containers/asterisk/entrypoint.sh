# Writes the two accounts from the environment, so that no secret is in the image, then runs Asterisk.
set -eu
umask 077
: "${ARI_PASSWORD:?is not set: Asterisk is not started with an open door}"
: "${AMI_SECRET:?is not set: Asterisk is not started with an open door}"
secrets=/run/asterisk-secrets
cat > "$secrets/ari.conf" <<ACCOUNT
[${ARI_USER:-breakwater}]
type = user
password = $ARI_PASSWORD
password_format = plain
read_only = no
ACCOUNT
cat > "$secrets/manager.conf" <<ACCOUNT
[${AMI_USER:-breakwater}]
secret = $AMI_SECRET
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.0/255.0.0.0
read = all
write = all
writetimeout = 5000
ACCOUNT
unset ARI_PASSWORD AMI_SECRET
exec "$@"
