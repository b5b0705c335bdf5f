// The signing keys, and, where asked for, the key that encrypts storage.
param name string
param location string
param tags object
param workspaceId string
param appPrincipalId string
param deployerId string
param deployerType string
param storageKey bool
param closed bool

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
var encryptionUser = 'e147488a-f6f5-4113-8e2d-b22465e65bf6'
var signingKeys = 'signing-keys'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  // checkov:skip=CKV_AZURE_109:closed by the parameter privateNetwork, which production.parameters.json sets
  // checkov:skip=CKV_AZURE_189:closed by the parameter privateNetwork; the check itself fails on an expression
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: closed ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: closed ? 'Deny' : 'Allow'
    }
  }
}

// The app reads DARKROOM_SIGNING_KEYS by reference.
resource appReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, appPrincipalId, secretsUser)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// The hook after provisioning makes the first signing key, and rotation adds others.
resource deployerWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  scope: vault
  name: guid(vault.id, deployerId, secretsOfficer)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
    principalId: deployerId
    principalType: deployerType
  }
}

resource keyIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = if (storageKey) {
  name: 'id-storage-key-${name}'
  location: location
  tags: tags
}

resource key 'Microsoft.KeyVault/vaults/keys@2024-11-01' = if (storageKey) {
  // checkov:skip=CKV_AZURE_112:an HSM key needs the premium vault; a company that must have it changes sku and kty
  // checkov:skip=CKV_AZURE_40:the rotation policy sets an expiry of two years on every version
  parent: vault
  name: 'storage'
  properties: {
    kty: 'RSA'
    keySize: 3072
    keyOps: [
      'wrapKey'
      'unwrapKey'
    ]
    rotationPolicy: {
      attributes: {
        expiryTime: 'P2Y'
      }
      lifetimeActions: [
        {
          trigger: {
            timeAfterCreate: 'P18M'
          }
          action: {
            type: 'rotate'
          }
        }
        {
          trigger: {
            timeBeforeExpiry: 'P30D'
          }
          action: {
            type: 'notify'
          }
        }
      ]
    }
  }
}

// Storage wraps its own keys with ours; it needs nothing else of the vault.
resource storageWraps 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (storageKey) {
  scope: vault
  name: guid(vault.id, 'storage-key', encryptionUser)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', encryptionUser)
    principalId: keyIdentity!.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
output signingKeysUri string = '${vault.properties.vaultUri}secrets/${signingKeys}/'
output storageKeyName string = storageKey ? key.name : ''
output keyIdentityId string = storageKey ? keyIdentity.id : ''
