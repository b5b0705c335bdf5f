"""
What a deleted environment of the same name left behind, which keeps its names from being used.

Both come back empty-handed or not at all by a deployment: a vault with purge protection is kept for
90 days, and an account of Azure AI for two.
"""

from collections.abc import Iterator

from tools import az


def faults(group: str) -> Iterator[str]:
    place = f"/resourcegroups/{group.lower()}/"
    for vault in az("keyvault", "list-deleted", "--resource-type", "vault") or []:
        about = vault["properties"]
        if place in about["vaultId"].lower():
            region = about["location"]
            yield (
                f"the vault {vault['name']} was deleted; take it back: "
                f"az group create --name {group} --location {region}; "
                f"az keyvault recover --name {vault['name']} --resource-group {group}"
            )
    for account in az("cognitiveservices", "account", "list-deleted") or []:
        if place in account["id"].lower():
            yield (
                f"the account {account['name']} was deleted; let go of it: "
                f"az cognitiveservices account purge --name {account['name']} "
                f"--resource-group {group} --location {account['location']}"
            )
