. /tmp/r1/env.sh
cd /tmp/r1; cd /work/wt/r1
exec nice -n 15 /work/main/.venv/bin/python -m lagg_tool accept 'features/core/loadbalance.feature::With the hash on layer 2 only, the flows of different VLANs are spread' --target ssh://root@127.0.0.1:24102 --identity /tmp/r1/k --host-key SHA256:wKB2ALth00TDbCP/+W27qq3B60hL32SXz4VmiJkE2ms --ports vtnet1,vtnet2,vtnet3,em0,em1 --wire-base  --qmp  --yes -v --results /tmp/r1/res.json
