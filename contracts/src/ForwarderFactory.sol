// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Forwarder} from "./Forwarder.sol";
import {ITreasurySource} from "./ITreasurySource.sol";

/// @title Deposit addresses
/// @notice Every salt has one address, known before anything is deployed there. Money may arrive first; the contract
///         that hands it to the treasury is deployed with the first sweep. Anybody may deploy and sweep.
contract ForwarderFactory {
    /// @notice Says where the treasury is at the time of a sweep: the checkout, so that one rotation serves both.
    ITreasurySource public immutable treasurySource;
    /// @notice The code that every deposit address runs.
    address public immutable implementation = address(new Forwarder());

    event Deployed(bytes32 indexed salt, address forwarder);
    event Swept(bytes32 indexed salt, address indexed forwarder, address indexed token, uint256 amount);

    constructor(ITreasurySource source) {
        treasurySource = source;
    }

    function addressOf(bytes32 salt) public view returns (address) {
        return Clones.predictDeterministicAddress(implementation, salt);
    }

    /// @notice Puts the contract at its address, unless it is there.
    function deploy(bytes32 salt) public returns (address forwarder) {
        forwarder = addressOf(salt);
        if (forwarder.code.length > 0) return forwarder;
        Clones.cloneDeterministic(implementation, salt);
        emit Deployed(salt, forwarder);
    }

    /// @notice Sends what lies at the addresses of `salts` to the treasury: of each token (the zero address: coin) all.
    /// @dev A token that fails fails the call; whoever calls leaves it out. It keeps nothing else from being swept.
    function sweep(bytes32[] calldata salts, address[] calldata tokens) external {
        address treasury = treasurySource.treasury();
        for (uint256 i = 0; i < salts.length; i++) {
            address forwarder = deploy(salts[i]);
            for (uint256 j = 0; j < tokens.length; j++) {
                uint256 amount = Forwarder(payable(forwarder)).sweep(tokens[j], treasury);
                if (amount > 0) emit Swept(salts[i], forwarder, tokens[j], amount);
            }
        }
    }
}
