#!/usr/bin/env bash
# A Ceph object store on one machine, to run tests against: monitor, one disk of 4 GiB in a sparse file, S3 gateway.
#   tests/ceph.sh up FOLDER [PORT]   makes FOLDER anew, starts the three, and prints settings for a shell
#   tests/ceph.sh down FOLDER        stops them
# Needs Debian's radosgw, ceph-mon, ceph-osd and ceph-common, and root. For tests only: one copy of everything.
set -euo pipefail

NOTHING=$(sha256sum </dev/null | cut -d ' ' -f 1)

stop() {
	for name in client.rgw.a osd.0 mon.a; do # a disk without its monitor would not end
		process=$(cat "$1/run/$name.pid" 2>/dev/null) || continue
		kill "$process" 2>/dev/null || continue
		for _ in $(seq 100); do
			kill -0 "$process" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL "$process" 2>/dev/null || true
	done
}

settings() {
	cat <<-CONF
		[global]
		fsid = $(cat /proc/sys/kernel/random/uuid)
		mon host = v2:127.0.0.1:$3
		mon initial members = a
		public network = 127.0.0.0/8
		auth allow insecure global id reclaim = false
		mon allow pool size one = true
		mon max pg per osd = 1000
		mon data avail crit = 1
		mon data avail warn = 1
		osd pool default size = 1
		osd pool default min size = 1
		osd pool default pg num = 8
		osd pool default pgp num = 8
		osd pool default pg autoscale mode = off
		osd crush chooseleaf type = 0
		osd objectstore = bluestore
		osd memory target = 939524096
		osd class load list = *
		osd class default list = *
		bluestore block size = 4294967296
		bluestore block create = true
		run dir = $1/run
		admin socket = $1/run/\$name.asok
		pid file = $1/run/\$name.pid
		log file = $1/log/\$name.log
		mon data = $1/mon
		osd data = $1/osd
		keyring = $1/keyring
		rgw frontends = beast endpoint=127.0.0.1:$2 ssl_endpoint=127.0.0.1:$(($2 + 1)) ssl_certificate=$1/gateway.pem
		rgw dns name = localhost
	CONF
}

start() {
	rm -rf "$1"
	mkdir -p "$1"/{mon,osd,run,log}
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=objects.example \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$1/gateway.key" -out "$1/gateway.crt" 2>/dev/null
	cat "$1/gateway.key" "$1/gateway.crt" >"$1/gateway.pem"
	export CEPH_CONF=$1/ceph.conf CEPH_ARGS="-c $1/ceph.conf"
	settings "$1" "$2" "$(($2 + 2))" >"$CEPH_CONF"
	fsid=$(sed -n 's/^fsid = //p' "$CEPH_CONF")
	{
		ceph-authtool --create-keyring "$1/keyring" --gen-key -n mon. --cap mon 'allow *'
		ceph-authtool "$1/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
		ceph-authtool "$1/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
		ceph-authtool "$1/keyring" --gen-key -n client.rgw.a --cap mon 'allow rw' --cap osd 'allow rwx'
		monmaptool --create --fsid "$fsid" --addv a "v2:127.0.0.1:$(($2 + 2))" "$1/monmap"
		ceph-mon -i a --mkfs --monmap "$1/monmap" --keyring "$1/keyring"
		ceph-mon -i a --public-addr "v2:127.0.0.1:$(($2 + 2))"
		timeout 60 ceph -s
		disk=$(cat /proc/sys/kernel/random/uuid)
		ceph osd new "$disk"
		ceph-osd -i 0 --mkfs --osd-uuid "$disk"
		ceph-osd -i 0 --public-addr 127.0.0.1 --cluster-addr 127.0.0.1
		until_it ceph_has_a_disk
		radosgw -n client.rgw.a
		until_it curl --silent --output /dev/null "http://127.0.0.1:$2/"
		timeout 60 radosgw-admin user create --uid=depot --display-name=depot --access-key=depot --secret-key=depot-secret
		curl --silent --show-error --fail --cacert "$1/gateway.crt" --aws-sigv4 aws:amz:us-east-1:s3 \
			--user depot:depot-secret --header "x-amz-content-sha256: $NOTHING" --request PUT "https://127.0.0.1:$(($2 + 1))/depot"
	} >"$1/log/start.log" 2>&1
}

ceph_has_a_disk() { ceph osd stat | grep -q '1 up'; }

until_it() {
	for _ in $(seq 300); do
		! "$@" || return 0
		sleep 0.2
	done
	return 1
}

case ${1:-} in
up)
	start "$2" "${3:-7480}" || {
		cat "$2/log/start.log" >&2
		stop "$2"
		exit 1
	}
	echo "export AWS_ACCESS_KEY_ID=depot AWS_SECRET_ACCESS_KEY=depot-secret"
	echo "export DEPOT_TEST_S3='s3://depot/test?endpoint=https://127.0.0.1:$((${3:-7480} + 1))&ca=$2/gateway.crt'"
	;;
down) stop "$2" ;;
*)
	sed -n '2,5s/^# //p' "$0" >&2
	exit 64
	;;
esac
